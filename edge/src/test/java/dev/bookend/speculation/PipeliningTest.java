package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PipeliningTest {
  private final Pipelining pipelining = new Pipelining(Pipeline.AUTO);

  @Test
  void whatIsLikelyIsSentAhead() {
    assertTrue(pipelining.pays(0.9));
    assertFalse(pipelining.pays(0.1));
  }

  @Test
  void whereItSavesNothingItIsLeftOffUntilTimesMayHaveChanged() {
    for (int i = 0; i < 30; i++) {
      pipelining.waited(1);
    }
    int leftOff = 0;
    while (!pipelining.pays(0.9)) {
      leftOff++;
    }
    assertTrue(leftOff > 5 && leftOff < 1000, "left off " + leftOff + " times");
  }

  @Test
  void whereARejectedOneCostsLittleMuchIsTried() {
    for (int i = 0; i < 30; i++) {
      pipelining.waitedBehindRejected(1);
      pipelining.waited(0.1);
    }
    assertTrue(pipelining.pays(0.1));
  }

  @Test
  void probabilitiesThatAreTooHighAreTrustedLess() {
    for (int i = 0; i < 30; i++) {
      pipelining.sent(0.9, i % 5 == 0);
    }
    assertFalse(pipelining.pays(0.9));
  }

  @Test
  void bothOtherModesDoNotAsk() {
    assertTrue(new Pipelining(Pipeline.ALWAYS).pays(0));
    assertFalse(new Pipelining(Pipeline.NEVER).pays(1));
  }

  @Test
  void probabilitiesThatAreTooLowAreTrustedMore() {
    assertFalse(pipelining.pays(0.3));
    for (int i = 0; i < 30; i++) {
      pipelining.sent(0.3, true);
    }
    assertTrue(pipelining.pays(0.3));
  }
}
