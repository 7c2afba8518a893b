/** The server: a split model behind the HTTP APIs that other programs' clients speak. */
package dev.bookend.server;
