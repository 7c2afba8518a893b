package dev.bookend.server.page;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * The machine's own Chromium without a window. Selenium drives it, because it is a few small jars
 * and takes the browser and driver that a distribution has; Playwright brings 200 MB of its own.
 */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String AXE = axe();

  private final ChromeDriver driver;
  private final List<String> requested = new ArrayList<>();

  /** Skips the test where there is no browser. */
  Browser() {
    Optional<Path> browser = find("chromium", "chromium-browser", "google-chrome");
    Optional<Path> control = find("chromedriver");
    assumeTrue(browser.isPresent(), "no chromium on this machine");
    assumeTrue(control.isPresent(), "no chromedriver on this machine");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(browser.get().toFile());
    // Chromium has no sandbox for root, and nothing but this repository's page is opened.
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--force-device-scale-factor=1",
        "--window-size=1280,800");
    options.setCapability("goog:loggingPrefs", Map.of("performance", "ALL", "browser", "ALL"));
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(control.get().toFile()).build(),
            options);
  }

  private static Optional<Path> find(String... names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(directory -> Arrays.stream(names).map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String axe() {
    try (InputStream in = Browser.class.getResourceAsStream("/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void open(String url) {
    driver.get(url);
  }

  void reload() {
    driver.navigate().refresh();
  }

  WebElement element(String id) {
    return driver.findElement(By.id(id));
  }

  String text(String id) {
    return element(id).getText();
  }

  void click(String id) {
    element(id).click();
  }

  boolean isShown(String id) {
    return element(id).isDisplayed();
  }

  void type(String id, CharSequence... keys) {
    element(id).sendKeys(keys);
  }

  Object run(String script) {
    return driver.executeScript(script);
  }

  /** Waits until something is so. */
  void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      pause();
    }
    assertTrue(
        condition.getAsBoolean(),
        () -> what + "; the page says: " + driver.findElement(By.tagName("body")).getText());
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What the user's system prefers, as {@code prefers-color-scheme}, {@code dark}. */
  void prefer(String feature, String value) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  /** The size of the window, of a phone or not. */
  void resize(int width, int height, boolean phone) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
  }

  /** The errors in the console since the last call. */
  List<String> consoleErrors() {
    return driver.manage().logs().get("browser").getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  /** All that was requested so far, and by whom. */
  List<String> requestedUrls() {
    driver.manage().logs().get("performance").getAll().stream()
        .map(
            entry ->
                JsonParser.parseString(entry.getMessage())
                    .getAsJsonObject()
                    .getAsJsonObject("message"))
        .filter(event -> event.get("method").getAsString().equals("Network.requestWillBeSent"))
        .map(event -> event.getAsJsonObject("params").getAsJsonObject("request"))
        .map((JsonObject request) -> request.get("url").getAsString())
        .forEach(requested::add);
    return List.copyOf(requested);
  }

  /** What axe finds that is serious or critical, each with the first place. */
  List<String> barriers() {
    driver.executeScript(AXE);
    Object found =
        driver.executeAsyncScript(
            "const done = arguments[arguments.length - 1];"
                + "axe.run(document).then(r => done(r.violations"
                + ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
                + ".map(v => v.id + ': ' + v.nodes[0].html + ' ' + v.nodes[0].failureSummary)),"
                + " e => done(['axe: ' + e]));");
    return ((List<?>) found).stream().map(String::valueOf).toList();
  }

  /** Keeps a picture of the page where {@code bookend.page.shots} names a directory. */
  void picture(String name) {
    String directory = System.getProperty("bookend.page.shots", "");
    if (!directory.isEmpty()) {
      try {
        Files.createDirectories(Path.of(directory));
        Files.write(Path.of(directory, name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    driver.quit();
  }
}
