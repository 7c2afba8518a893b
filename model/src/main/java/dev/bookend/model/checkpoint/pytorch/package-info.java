/** Files that PyTorch's {@code torch.save} has written, read without PyTorch or Python. */
package dev.bookend.model.checkpoint.pytorch;
