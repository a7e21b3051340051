"""Read and store open data, the same for every trust: the Department for Education's files about schools."""
