/** An emulated wide-area link, for measuring on one machine what distance costs. */
package dev.bookend.link;
