/**
 * Models on disk: GGUF files and Hugging Face directories with safetensors. Sizes and offsets that
 * a file states are checked before they are used.
 */
package dev.bookend.model.checkpoint;
