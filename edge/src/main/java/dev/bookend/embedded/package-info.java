/**
 * The cloud half in this process: the same KServe v2 service that a Triton server gives, with the
 * same rules for sequences and the same error texts, over a real socket.
 */
package dev.bookend.embedded;
