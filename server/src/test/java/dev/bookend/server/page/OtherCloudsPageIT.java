package dev.bookend.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.SessionLimits;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.remote.CloudAddress;
import dev.bookend.server.ServedSample;
import dev.bookend.server.tools.CallingSample;
import dev.bookend.split.SplitOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/**
 * The page before a cloud elsewhere, whose states travel in half precision; and with a plain model.
 */
class OtherCloudsPageIT {
  private static void load(Browser browser, ServedSample served) {
    browser.open(served.url() + "/");
    browser.await("ready", () -> browser.text("status").equals("Ready"));
  }

  @Test
  void aCloudElsewhereIsNamedAndItsLinkIsNotOurs() {
    SplitOptions split = SplitOptions.DEFAULT;
    try (Browser browser = new Browser();
        Checkpoint checkpoint = SampleModel.open();
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud = EmbeddedCloud.start(decoder, split.split().contract(checkpoint));
        ServedSample served =
            new ServedSample(
                SampleModel.open(),
                split.withCloud(CloudAddress.parse(cloud.endpoint().toString())),
                SessionLimits.DEFAULT,
                options -> options)) {
      load(browser, served);
      assertTrue(
          browser.text("place").contains(String.valueOf(cloud.endpoint().port())),
          browser.text("place"));
      assertTrue(
          (Boolean) browser.run("return document.getElementById('link-section').hidden"),
          "the link to a real cloud cannot be changed");
      browser.type("message", "What is the capital of France?", Keys.ENTER);
      browser.await("answer", () -> browser.text("messages").contains("Paris"));
      browser.await("a round trip", () -> browser.text("flight").contains("drafted"));
      assertEquals(List.of(), browser.consoleErrors());
    }
  }

  @Test
  void aModelWithoutAChatTemplateIsToldOf() {
    try (Browser browser = new Browser();
        ServedSample served = CallingSample.serveWithoutTemplate()) {
      load(browser, served);
      browser.type("message", "Hello", Keys.ENTER);
      browser.await("error", () -> browser.text("error").contains("no chat template"));
      assertEquals("Hello", browser.run("return document.getElementById('message').value"));
      browser.await("ready", () -> browser.text("status").equals("Ready"));
    }
  }
}
