package dev.bookend.triton.testing;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority that lives as long as a test. */
public final class TestAuthority {
  private static final Duration VALIDITY = Duration.ofHours(1);

  private final Path directory;
  private final String name;
  private final KeyPair keys = newKeys();
  private long serial;

  /**
   * @param directory where its PEM files go
   */
  public TestAuthority(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    write(certificate(), sign(name, keys, true, Instant.now().plus(VALIDITY)));
  }

  /** A certificate and its key, as PEM files. */
  public record Identity(Path certificate, Path key) {}

  /** The authority's own certificate. */
  public Path certificate() {
    return directory.resolve(name + ".pem");
  }

  /** Issues a certificate for a host name, or to a client of that name. */
  public Identity issue(String host) {
    return issue(host, host, Instant.now().plus(VALIDITY));
  }

  /** Issues one that has expired a minute ago. */
  public Identity issueExpired(String host) {
    return issue(host, host + "-expired", Instant.now().minusSeconds(60));
  }

  private Identity issue(String host, String file, Instant end) {
    KeyPair own = newKeys();
    Path certificate = directory.resolve(name + "-" + file + ".pem");
    Path key = directory.resolve(name + "-" + file + ".key");
    write(certificate, sign(host, own, false, end));
    try {
      write(key, new JcaPKCS8Generator(own.getPrivate(), null));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return new Identity(certificate, key);
  }

  private X509Certificate sign(
      String subject, KeyPair subjectKeys, boolean authority, Instant end) {
    Instant now = Instant.now();
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + name),
              BigInteger.valueOf(++serial),
              Date.from(now.minus(VALIDITY)),
              Date.from(end),
              new X500Name("CN=" + subject),
              subjectKeys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!authority) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, subject)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path file, Object content) {
    try (Writer writer = Files.newBufferedWriter(file);
        JcaPEMWriter pem = new JcaPEMWriter(writer)) {
      pem.writeObject(content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
