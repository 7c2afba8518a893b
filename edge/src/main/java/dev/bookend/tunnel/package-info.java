/**
 * SSH tunnels to servers that listen on the loopback interface of their machine only, as in the
 * deployments of the paper (arXiv 2602.16760). The system's own {@code ssh} carries them.
 */
package dev.bookend.tunnel;
