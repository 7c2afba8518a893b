/** Draft heads as the EAGLE project publishes them. */
package dev.bookend.model.checkpoint.eagle;
