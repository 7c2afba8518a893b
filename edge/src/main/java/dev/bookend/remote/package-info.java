/**
 * The middle layers on a server: finding them, a sequence there, and getting it back when it or the
 * server is lost.
 */
package dev.bookend.remote;
