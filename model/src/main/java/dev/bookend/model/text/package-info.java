/** Text as users write and send it. */
package dev.bookend.model.text;
