/** What the edge, whatever hosts the middle layers, and the export of those layers agree on. */
package dev.bookend.model.contract;
