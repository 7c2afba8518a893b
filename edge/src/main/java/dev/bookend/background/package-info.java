/** Work on a thread of its own, for what takes a while and need not be awaited at once. */
package dev.bookend.background;
