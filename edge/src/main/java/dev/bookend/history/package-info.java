/**
 * Earlier texts, from which draft tokens are retrieved: those that come with Bookend, and the
 * user's own where these are kept.
 */
package dev.bookend.history;
