/**
 * Decoder ranges: any contiguous run of a model's layers, with a slot-addressed KV cache, on DJL's
 * PyTorch engine. The lower and upper layers at the edge and the middle layers in the embedded
 * cloud are the same class over different weights.
 */
package dev.bookend.model.runtime;
