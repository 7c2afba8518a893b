/** Models of which only some layers are on this machine: what an edge needs of them. */
package dev.bookend.model.checkpoint.part;
