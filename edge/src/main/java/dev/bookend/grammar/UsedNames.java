package dev.bookend.grammar;

/**
 * Names that an object has already, as the bytes of their UTF-8 in a string's low bytes. Immutable;
 * a list with the last one first.
 */
record UsedNames(String last, UsedNames before, int hash) {
  static final UsedNames NONE = new UsedNames("", null, 0);

  UsedNames with(String name) {
    return new UsedNames(name, this, 31 * hash + name.hashCode());
  }

  boolean contains(String name) {
    for (UsedNames at = this; at.before != null; at = at.before) {
      if (at.last.equals(name)) {
        return true;
      }
    }
    return false;
  }

  // Not a record's own, which would call itself for each name.

  @Override
  @SuppressWarnings("ReferenceEquality") // what two lists share need not be compared
  public boolean equals(Object other) {
    if (!(other instanceof UsedNames names)) {
      return false;
    }
    UsedNames mine = this;
    UsedNames theirs = names;
    while (mine != theirs) {
      if (mine.hash != theirs.hash
          || mine.before == null
          || theirs.before == null
          || !mine.last.equals(theirs.last)) {
        return false;
      }
      mine = mine.before;
      theirs = theirs.before;
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
