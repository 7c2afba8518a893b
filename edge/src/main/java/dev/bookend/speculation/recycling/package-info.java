/** Draft tokens out of what the model thought likely in earlier places. */
package dev.bookend.speculation.recycling;
