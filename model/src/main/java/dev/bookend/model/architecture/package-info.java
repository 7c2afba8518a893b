/** What a model looks like: its family, sizes and traits. */
package dev.bookend.model.architecture;
