# Two groups with equal loadings and intercepts: latent means.
source("../write_sam.R")
data <- read_data("holzinger_swineford.csv")
fit <- sam(read_model(), data = data, group = "school", group.equal = c("loadings", "intercepts"))
write_sam(fit)
