/**
 * Chat templates: conversations as the text that a model was trained on, rendered as the {@code
 * transformers} library renders them.
 */
package dev.bookend.model.template;
