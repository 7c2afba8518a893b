/**
 * The edge as a library: opens a split model, keeps sessions with the cloud, decodes. Start at
 * {@link dev.bookend.split.SplitModel}.
 */
package dev.bookend;
