package dev.bookend.evaluation.attack;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests as people send them to an assistant, with invented personal data. No attacker learns
 * from them: {@link TrainingText} has other sentences, names and places.
 */
final class HeldOutDocuments {
  private static final List<String> FIRST =
      List.of(
          "Marta", "Tobias", "Ingrid", "Samuel", "Yasmin", "Pavel", "Louise", "Hector", "Nadia",
          "Gregor", "Amelia", "Kofi", "Renate", "Dmitri", "Carla", "Simon");
  private static final List<String> LAST =
      List.of(
          "Holloway",
          "Lindqvist",
          "Okonkwo",
          "Barrett",
          "Moreau",
          "Steinberg",
          "Castellano",
          "Petrov",
          "Wainwright",
          "Nakamura",
          "Delgado",
          "Fitzgerald",
          "Brandt",
          "Osman");
  private static final List<String> STREET =
      List.of(
          "Birchwood Lane",
          "Harbour Street",
          "Mill Road",
          "Chestnut Avenue",
          "Station Square",
          "Queen Anne Terrace",
          "Riverside Drive",
          "Old Church Way");
  private static final List<String> TOWN =
      List.of("Ashbourne", "Kingsport", "Millbrook", "Fairhaven", "Oakridge", "Westbury");

  /**
   * {@code $N} a person, {@code $A} an address, {@code $T} a telephone, account or other number.
   */
  private static final List<String> REQUESTS =
      List.of(
          "Please write a polite letter to my landlord, $N, about the broken heating in my flat at"
              + " $A. My phone number is $T and I am at home after six.",
          "Summarise this for my lawyer: on Tuesday $N hit my parked car outside $A. The insurance"
              + " claim is number $T, and two neighbours saw what happened.",
          "My doctor, $N, says that my blood sugar is too high. Draft a short message to the clinic"
              + " at $A asking for an earlier appointment; my patient number is $T.",
          "I owe $N $T euros since last spring and cannot pay it back yet. How do I tell them without"
              + " losing a friend? They moved to $A a month ago.",
          "Translate into French: \"Dear $N, your parcel could not be delivered to $A. Call us on"
              + " $T to agree on another day.\"",
          "Turn these notes into minutes. Present: $N, $N. Decided: the office moves to $A. Budget"
              + " agreed: $T dollars. Nobody else should hear of it before Friday.",
          "$N wants a divorce and I have told no one. We own the house at $A together and there are"
              + " $T dollars left on the mortgage. What should I do first?",
          "Fill in a complaint to the bank. Account holder: $N. Account: $T. Home address: $A. They"
              + " charged me twice for the same transfer and will not answer.",
          "Write a job reference for $N, who was my assistant for four years, and send it to $A. The"
              + " salary was $T, but leave that out.",
          "Is it legal that my boss, $N, reads my mail? I work at $A, my staff number is $T, and I"
              + " have proof on my own phone.",
          "Plan a surprise party for $N at $A. Twenty guests, the caterer wants $T in advance, and"
              + " nobody may eat nuts.",
          "Here is my diary of today: I met $N again near $A. We talked for hours. If anyone asks,"
              + " the number to call is $T. Make it sound like a short poem.");

  private HeldOutDocuments() {}

  /** Some requests; the same seed gives the same ones. */
  static List<Document> make(int count, long seed) {
    Random random = new Random(seed);
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(fill(REQUESTS.get(i % REQUESTS.size()), random));
    }
    return documents;
  }

  private static Document fill(String request, Random random) {
    List<String> names = new ArrayList<>();
    List<String> numbers = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < request.length(); i++) {
      String slot = request.startsWith("$", i) ? request.substring(i, i + 2) : "";
      String value =
          switch (slot) {
            case "$N" -> note(names, pick(FIRST, random) + " " + pick(LAST, random));
            case "$A" -> note(addresses, address(random));
            case "$T" -> note(numbers, Integer.toString(100_000 + random.nextInt(9_900_000)));
            default -> request.substring(i, i + 1);
          };
      text.append(value);
      i += slot.isEmpty() ? 0 : 1;
    }
    return new Document(text.toString(), names, numbers, addresses);
  }

  private static String address(Random random) {
    return 1 + random.nextInt(240) + " " + pick(STREET, random) + ", " + pick(TOWN, random);
  }

  private static String note(List<String> all, String value) {
    all.add(value);
    return value;
  }

  private static String pick(List<String> choices, Random random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
