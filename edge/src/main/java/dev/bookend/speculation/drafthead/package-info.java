/** Draft heads: small networks that take the middle layers' place while draft tokens are made. */
package dev.bookend.speculation.drafthead;
