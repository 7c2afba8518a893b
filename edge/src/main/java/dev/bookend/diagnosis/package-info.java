/** Looks at a server and tells whether a session would run there, and how fast. */
package dev.bookend.diagnosis;
