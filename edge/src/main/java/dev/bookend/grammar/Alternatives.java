package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes schemas apart that all hold for one value: follows references and {@code allOf}, and makes
 * each choice of {@code anyOf} and {@code oneOf} an alternative of its own. A value fits the
 * schemas if it fits some alternative.
 */
final class Alternatives {
  private static final int MOST_ALTERNATIVES = 500;
  private static final int MOST_WORK = 200_000;

  private final SchemaDocument document;
  private final Patterns patterns;
  private final Map<Set<String>, List<Conjunction>> known = new HashMap<>();
  private final Map<String, List<Set<String>>> exclusive = new HashMap<>();

  /** Those in which {@code oneOf} counts as {@code anyOf}; this itself, if it counts so here. */
  private final Alternatives wide;

  private int work;

  Alternatives(SchemaDocument document) {
    this(document, new Patterns(), false);
  }

  private Alternatives(SchemaDocument document, Patterns patterns, boolean isWide) {
    this.document = document;
    this.patterns = patterns;
    this.wide = isWide ? this : new Alternatives(document, patterns, true);
  }

  /**
   * A schema that holds.
   *
   * @param isChosen whether its choices have been made, and are among the other schemas
   */
  private record Member(String pointer, boolean isChosen) {}

  /** Counts a piece of work, of which a schema may ask for so much only. */
  void work(String pointer, int amount) {
    work += amount;
    if (work > MOST_WORK) {
      throw tooMany(pointer);
    }
  }

  /** Counts that a schema is kept by its pointer, which may be long. */
  void workOn(String pointer) {
    work(pointer, 1 + pointer.length() / 64);
  }

  Patterns patterns() {
    return patterns;
  }

  private static SchemaException tooMany(String pointer) {
    return new SchemaException(pointer, "the schema has too many combinations");
  }

  /** The alternatives of schemas that all hold. */
  List<Conjunction> of(Set<String> pointers) {
    List<Conjunction> all = known.get(pointers);
    if (all == null) {
      Set<Member> members = new LinkedHashSet<>();
      pointers.forEach(pointer -> members.add(new Member(pointer, false)));
      all = expand(members);
      known.put(pointers, all);
    }
    return all;
  }

  /** Those of schemas that say something. */
  Set<String> meaningful(Set<String> pointers) {
    Set<String> some = new LinkedHashSet<>();
    for (String pointer : pointers) {
      JsonElement schema = document.schema(pointer);
      boolean any =
          schema instanceof JsonObject object ? object.size() == 0 : schema.getAsBoolean();
      if (!any) {
        some.add(pointer);
      }
    }
    return some;
  }

  private List<String> branches(Keywords keywords, String keyword) {
    int count = keywords.list(keyword).size();
    if (count > MOST_ALTERNATIVES) {
      throw tooMany(keywords.pointer(keyword));
    }
    work(keywords.pointer(), count * (1 + keywords.pointer().length() / 64));
    return keywords.schemas(keyword);
  }

  private List<Conjunction> expand(Set<Member> members) {
    Map<Set<String>, Conjunction> found = new LinkedHashMap<>();
    Deque<Set<Member>> open = new ArrayDeque<>(List.of(members));
    Set<Set<Member>> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Set<Member> next = open.pop();
      if (!seen.add(next)) {
        continue; // what it would give is given already
      }
      if (seen.size() > MOST_ALTERNATIVES) {
        throw tooMany(members.iterator().next().pointer());
      }
      Optional<Closure> closure = close(next);
      if (closure.isEmpty()) {
        continue;
      }
      if (closure.get().choices.isEmpty()) {
        Map<String, Keywords> parts = closure.get().parts;
        found.computeIfAbsent(
            parts.keySet(), ignored -> new Conjunction(List.copyOf(parts.values()), patterns));
      } else {
        List<Set<Member>> alternatives = closure.get().choose();
        int schemas = alternatives.stream().mapToInt(Set::size).sum();
        work(next.iterator().next().pointer, schemas / 16);
        for (int i = alternatives.size() - 1; i >= 0; i--) {
          open.push(alternatives.get(i));
        }
      }
    }
    return List.copyOf(found.values());
  }

  /**
   * Schemas and what they include.
   *
   * @param choices for each choice that is to be made, the schemas of each branch
   */
  private record Closure(Map<String, Keywords> parts, List<List<Set<String>>> choices) {
    List<Set<Member>> choose() {
      Set<Member> base = new LinkedHashSet<>();
      parts.keySet().forEach(pointer -> base.add(new Member(pointer, true)));
      List<Set<Member>> all = List.of(base);
      for (List<Set<String>> choice : choices) {
        List<Set<Member>> more = new ArrayList<>();
        for (Set<Member> one : all) {
          for (Set<String> branch : choice) {
            Set<Member> with = new LinkedHashSet<>(one);
            branch.forEach(pointer -> with.add(new Member(pointer, false)));
            more.add(with);
          }
        }
        if (more.size() > MOST_ALTERNATIVES) {
          throw tooMany(parts.keySet().iterator().next());
        }
        all = more;
      }
      return all;
    }
  }

  /** Empty: one of the schemas accepts nothing. */
  private Optional<Closure> close(Set<Member> members) {
    Map<String, Keywords> parts = new LinkedHashMap<>();
    List<List<Set<String>>> choices = new ArrayList<>();
    Deque<Member> open = new ArrayDeque<>(members);
    Set<Member> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Member member = open.poll();
      String pointer = member.pointer;
      if (!seen.add(member)) {
        continue;
      }
      workOn(pointer);
      JsonElement schema = document.schema(pointer);
      if (!(schema instanceof JsonObject object)) {
        if (!schema.getAsBoolean()) {
          return Optional.empty();
        }
        continue;
      }
      Keywords keywords = parts.computeIfAbsent(pointer, ignored -> new Keywords(pointer, object));
      if (parts.size() > MOST_ALTERNATIVES) {
        throw tooMany(pointer);
      }
      work(pointer, keywords.list("enum").size() / 4);
      if (member.isChosen) {
        continue;
      }
      keywords
          .text("$ref")
          .ifPresent(ref -> open.add(new Member(document.resolve(ref, pointer), false)));
      branches(keywords, "allOf").forEach(each -> open.add(new Member(each, false)));
      if (keywords.has("anyOf")) {
        choices.add(branches(keywords, "anyOf").stream().map(Set::of).toList());
      }
      if (keywords.has("oneOf")) {
        choices.add(
            wide == this
                ? branches(keywords, "oneOf").stream().map(Set::of).toList()
                : exclusive.computeIfAbsent(pointer, ignored -> exclusive(keywords)));
      }
    }
    return Optional.of(new Closure(parts, choices));
  }

  /** The branches of a oneOf, narrowed where needed so that no value fits two of them. */
  private List<Set<String>> exclusive(Keywords keywords) {
    List<String> branches = branches(keywords, "oneOf");
    Optional<String> name = new Exclusion(wide).nameToRequire(branches, keywords);
    List<Set<String>> narrowed = new ArrayList<>();
    for (String branch : branches) {
      Set<String> schemas = new LinkedHashSet<>(Set.of(branch));
      if (name.isPresent()) {
        JsonObject required = new JsonObject();
        JsonArray names = new JsonArray();
        names.add(name.get());
        required.add("required", names);
        String pointer = branch + " with " + name.get();
        document.add(pointer, required);
        schemas.add(pointer);
      }
      narrowed.add(schemas);
    }
    return narrowed;
  }
}
