/** What a split will need and how fast it will be, told before anything is downloaded. */
package dev.bookend.evaluation.plan;
