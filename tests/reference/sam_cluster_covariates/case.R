# Clusters, fixed covariates and an observed outcome.
source("../write_sam.R")
data <- read_data("demo_two_level.csv")
fit <- sam(read_model(), data = data, cluster = "cluster")
write_sam(fit)
