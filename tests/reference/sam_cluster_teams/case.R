# Clusters and observed mediators.
source("../write_sam.R")
data <- read_data("teams.csv")
fit <- sam(read_model(), data = data, cluster = "team")
write_sam(fit)
