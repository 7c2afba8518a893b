/**
 * A gRPC client for servers of the KServe v2 (Open Inference) protocol and for the extensions that
 * NVIDIA Triton adds to it. It carries tensors and knows nothing of the models behind them. Start
 * at {@link dev.bookend.triton.TritonConnection}.
 *
 * <p>The types of this package are all that a caller needs: none of them shows a protobuf or gRPC
 * type. Their words are those of the <a
 * href="https://github.com/kserve/open-inference-protocol">KServe v2 specification</a> and of <a
 * href="https://github.com/triton-inference-server/server/tree/main/docs/protocol">Triton's
 * extensions</a>.
 */
package dev.bookend.triton;
