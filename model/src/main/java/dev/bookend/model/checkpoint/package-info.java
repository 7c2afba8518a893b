/**
 * Models on disk: GGUF files and Hugging Face directories with safetensors. Nothing that a file
 * says about sizes and offsets is trusted.
 */
package dev.bookend.model.checkpoint;
