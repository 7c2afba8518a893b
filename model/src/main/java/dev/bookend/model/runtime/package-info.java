/**
 * Decoder ranges: any contiguous run of a model's layers, with a slot-addressed KV cache, on DJL's
 * PyTorch engine. The lower and upper layers at the edge and the middle layers in the embedded
 * cloud are the same class over different weights.
 *
 * <p>On machines of some cloud providers, DJL reports to its makers that it is used. The {@code
 * bookend} command turns this off; a program of one's own does so with the system property or
 * environment variable {@code OPT_OUT_TRACKING=true}, set before it opens a tokenizer or decoder.
 */
package dev.bookend.model.runtime;
