/** Reads what the requests of several APIs have in common. */
package dev.bookend.server.request;
