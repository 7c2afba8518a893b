/**
 * The middle layers of a model as ONNX, in a model repository that a stock Triton server hosts. See
 * {@link dev.bookend.export.MiddleExport}.
 */
package dev.bookend.export;
