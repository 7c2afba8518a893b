/**
 * Chat templates: conversations as the text that a model was trained on, rendered by Jinjava as the
 * {@code transformers} library renders them with Jinja2.
 */
package dev.bookend.model.template;
