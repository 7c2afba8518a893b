/**
 * A client for Triton and other KServe v2 servers over gRPC. It knows tensors, not models. Start at
 * {@link dev.bookend.triton.TritonConnection}.
 */
package dev.bookend.triton;
