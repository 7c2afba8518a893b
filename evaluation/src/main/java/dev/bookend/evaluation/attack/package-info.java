/**
 * What a cloud can read from the hidden states that it computes on: attacks that recover the text,
 * controls on which they must fail, and what defences against them cost.
 */
package dev.bookend.evaluation.attack;
