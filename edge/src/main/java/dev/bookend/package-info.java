/**
 * The edge as a library: opens a split model, keeps sessions with the cloud, decodes. Start at
 * {@link dev.bookend.Bookend}.
 */
package dev.bookend;
