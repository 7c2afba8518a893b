/** One token sequence: its KV caches, cache slots and steps. */
package dev.bookend.session;
