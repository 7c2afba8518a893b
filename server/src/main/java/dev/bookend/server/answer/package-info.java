/** Runs the completions of one request, and hands them to an API's own format. */
package dev.bookend.server.answer;
