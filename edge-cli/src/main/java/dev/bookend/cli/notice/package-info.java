/** What happens on the way to the cloud, in words for people who wait. */
package dev.bookend.cli.notice;
