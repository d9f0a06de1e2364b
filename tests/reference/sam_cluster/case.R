# Respondents in clusters: errors and the test of the structure.
source("../write_sam.R")
data <- read_data("chain.csv")
fit <- sam(read_model(), data = data, cluster = "cluster")
write_sam(fit)
