/** Takes apart what a model says: its reasoning, its text, and its calls of tools. */
package dev.bookend.server.tools;
