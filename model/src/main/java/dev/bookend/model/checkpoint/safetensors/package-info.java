/** Hugging Face directories with safetensors, and LoRA adapters. */
package dev.bookend.model.checkpoint.safetensors;
