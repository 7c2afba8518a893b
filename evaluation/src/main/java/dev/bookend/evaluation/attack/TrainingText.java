package dev.bookend.evaluation.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Any amount of text for an attacker to learn from: sentences of many kinds, whose content words
 * are drawn from the tokenizer's vocabulary, so that it contains tokens that no corpus of this size
 * would. It makes little sense, but that matters little to the lower layers.
 */
final class TrainingText {
  private static final List<String> FIRST =
      List.of(
          "Anna", "Bob", "Carol", "David", "Elena", "Frank", "George", "Helen", "Ivan", "Julia",
          "Karl", "Laura", "Michael", "Nora", "Oscar", "Paula", "Robert", "Sarah", "Thomas",
          "Vera");
  private static final List<String> LAST =
      List.of(
          "Smith", "Jones", "Meyer", "Garcia", "Rossi", "Novak", "Hansen", "Dubois", "Kim",
          "Tanaka", "Singh", "Cohen", "Walker", "Turner", "Fischer", "Silva");
  private static final List<String> PLACE = List.of("Street", "Road", "Avenue", "Lane", "Square");

  /**
   * {@code $w} a word, {@code $W} the same with a capital, {@code $n} a number, {@code $p} a
   * person, {@code $a} an address.
   */
  private static final List<String> SENTENCES =
      List.of(
          "The $w of the $w was more $w than we had thought.",
          "I have never seen such a $w $w before, and I hope that I will again.",
          "What is the difference between $w and $w?",
          "How can I $w my $w without a $w?",
          "$W and $W are both kinds of $w, but only one of them can $w.",
          "She said that $p would $w it by $n, if the $w allows.",
          "\"We need $n $w,\" said $p, \"and not one less.\"",
          "On $n May, $p went from $a to $W, where they $w for $n days.",
          "1. $W the $w.\n2. $W it with $w.\n3. Wait $n minutes.\n",
          "- $W: $w, $w and $w\n- $W: $n\n- $W: $w\n",
          "## $W $w\n\n",
          "**$W**: this is used to $w a $w, for example in $W.\n",
          "def $w($w, $w):\n    return $w[$n] + $w.$w($w)\n",
          "for (int $w = 0; $w < $n; $w++) { $w.$w($w); }\n",
          "if $w is not None and len($w) > $n:\n        $w = $w\n",
          "{\"$w\": \"$w\", \"$w\": $n, \"$w\": [$n, $n]}\n",
          "Dear $p,\n\nthank you for your $w of $n. We will $w you as soon as the $w has been $w.\n",
          "Kind regards,\n$p\n$a\n",
          "It's true: they don't $w, they won't $w, and we can't $w them.",
          "In $n, the $w $w of $W was $w by a $w from $W.",
          "You should first $w your $w; then it is easy to $w the rest.",
          "As a $w, I'd like to $w about $w, $w, and the $w in between.",
          "There are $n $w in the $w; each has its own $w.",
          "This $w ($w) costs $$n or €$n, which is $n% more than $w.",
          "Why did the $w $w? Because its $w was $w!",
          "Here is a $w example of how to $w a $w: $w $w $w.",
          "The $w is $w; however, $w may $w if they are not $w.",
          "Once upon a time, a $w lived in a $w $w near $W with her $w.",
          "Tell $p that the code is $n-$n and the $w is under the $w.",
          "My $w works at $W, $a, and earns $n a year.",
          "Please $w this $w so that it sounds more $w.",
          "A: Do you $w?\nB: No, but $p does. Ask at $a.\n",
          "He was born in $W; his $w, $p, was a $w and later a $w.",
          "x = $n * ($n - $n) / $n = $n",
          "Let me know whether $w or $w would be better for you, and I'll $w it.",
          "| $w | $w | $n |\n| $w | $w | $n |\n");

  private final List<String> words; // the frequent ones first
  private final Random random;

  /**
   * @param words to fill in, the frequent ones first; at least one
   * @param seed the same seed gives the same text
   */
  TrainingText(List<String> words, long seed) {
    this.words = words;
    this.random = new Random(seed);
  }

  /** The next document: a few sentences. */
  String next() {
    List<String> sentences = new ArrayList<>();
    int count = 4 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      sentences.add(fill(pick(SENTENCES)));
    }
    return String.join(" ", sentences).replace("\n ", "\n");
  }

  private String fill(String sentence) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sentence.length(); i++) {
      String slot = sentence.startsWith("$", i) ? sentence.substring(i, i + 2) : "";
      String value =
          switch (slot) {
            case "$w" -> word();
            case "$W" -> capital(word());
            case "$n" -> Integer.toString(random.nextInt(number()));
            case "$p" -> pick(FIRST) + " " + pick(LAST);
            case "$a" -> 1 + random.nextInt(300) + " " + capital(word()) + " " + pick(PLACE);
            default -> null;
          };
      text.append(value == null ? sentence.substring(i, i + 1) : value);
      i += value == null ? 0 : 1;
    }
    return text.toString();
  }

  /** A word, mostly from the beginning of the list, where tokenizers have the frequent tokens. */
  private String word() {
    double place =
        random.nextInt(4) == 0
            ? random.nextDouble()
            : Math.pow(words.size(), random.nextDouble() - 1);
    return words.get((int) (place * words.size()));
  }

  private int number() {
    return (int) Math.pow(10, 1 + random.nextInt(7));
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static String capital(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}
