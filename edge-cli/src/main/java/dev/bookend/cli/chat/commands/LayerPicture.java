package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.markdown.Look;
import dev.bookend.model.contract.Contract;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** Which layers run where, and what travels between them. */
final class LayerPicture {
  private LayerPicture() {}

  static List<AttributedString> of(Chat chat) {
    SplitModel split = chat.model().split();
    Contract contract = split.contract();
    Look look = chat.screen().look();
    boolean half = split.edge().locator().served().halfPrecision();
    double bytes = (double) contract.hiddenSize() * (half ? Short.BYTES : Float.BYTES);
    List<AttributedString> rows = new ArrayList<>();
    rows.add(row("this machine", "embedding, " + layers(0, contract.from()), look, true));
    rows.add(
        row(
            split.options().cloud().isEmbedded() ? "embedded cloud" : "cloud",
            layers(contract.from(), contract.to())
                + (split.options().cloud().isEmbedded() ? "" : " at " + split.options().cloud()),
            look,
            false));
    rows.add(
        row(
            "this machine",
            layers(contract.to(), contract.layers()) + ", norm, LM head",
            look,
            true));
    rows.add(
        new AttributedString(
            "%s of hidden states a token, each way%s"
                .formatted(
                    Figures.bytes(bytes),
                    chat.model().choice().link().map(link -> "; link " + link).orElse("")),
            look.dim()));
    return rows;
  }

  private static String layers(int from, int to) {
    int count = to - from;
    return count == 0
        ? "no layer"
        : count == 1 ? "layer " + from : "layers " + from + "-" + (to - 1) + " (" + count + ")";
  }

  private static AttributedString row(String where, String what, Look look, boolean here) {
    return new AttributedStringBuilder()
        .styled(here ? look.good() : look.warning(), "%-15s".formatted(where))
        .append(what)
        .toAttributedString();
  }
}
