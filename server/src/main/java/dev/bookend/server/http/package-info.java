/** What every API of the server needs of HTTP: parameters, errors, streams, who may ask. */
package dev.bookend.server.http;
