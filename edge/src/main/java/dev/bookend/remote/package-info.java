/**
 * The middle layers on a server: locating them, a sequence of steps there, and a new sequence with
 * a replay when the old one or its server is lost.
 */
package dev.bookend.remote;
