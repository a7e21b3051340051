"""Open data, the same for every trust: the files of the Department for Education, and what they say of schools."""
